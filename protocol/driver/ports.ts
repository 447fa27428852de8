/** What the driver of a core needs of the place it runs in. A tab, a headless peer, a relay and the simulator each bring their own. */

/** Durable cells of one federation, decoded. A write that resolved is on the disk; writes resolve in the order in which they began. */
export interface Cells {
  read(): Promise<ReadonlyMap<string, unknown>>;
  write(puts: readonly { readonly key: string; readonly value: unknown }[], deletes: readonly string[]): Promise<void>;
}
