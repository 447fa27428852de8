/** The reader's role in a project, which decides the parts of its screen. */
export interface Role {
  /** Takes part with this tab. */
  readonly member: boolean;
  /** No round follows: all are done, or its founder has ended it. */
  readonly over: boolean;
  /** Takes part, or did: has spent budget. */
  readonly participant: boolean;
  /** Another tab of this browser is active; this one mirrors it. */
  readonly mirror: boolean;
}
