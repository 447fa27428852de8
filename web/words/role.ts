/** The reader's role in a project, which decides the parts of its screen. */
export interface Role {
  /** Takes part with this tab. */
  readonly member: boolean;
  /** All rounds are done. */
  readonly over: boolean;
  /** Takes part, or did: has spent budget. */
  readonly participant: boolean;
  /** Another tab of this browser is active; this one mirrors it. */
  readonly mirror: boolean;
}
