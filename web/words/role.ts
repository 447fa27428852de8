/** What the reader is to a project: decides which parts of its screen there are. */
export interface Role {
  /** Takes part with this tab. */
  readonly member: boolean;
  /** All rounds are done. */
  readonly over: boolean;
  /** Takes part, or did: has something to account for. */
  readonly participant: boolean;
  /** Another tab of this browser is at work; this one only shows. */
  readonly mirror: boolean;
}
