/**
 * The screen of a project and of the demo, in zones: bar, result, a try beside it, a strip, and more below. It only lays out zones;
 * callers fill them. No scrolling at 1280 x 800; on a phone the result and the main button come first.
 */
import { Show, type JSX } from 'solid-js';
import '../../styles/stage.css';

export interface ZonesProps {
  readonly bar: JSX.Element;
  /** Notices that come first: a problem, another active tab. */
  readonly notices?: JSX.Element;
  readonly result: JSX.Element;
  readonly beside: JSX.Element;
  readonly strip: JSX.Element;
  readonly more?: JSX.Element;
}

export function Zones(props: ZonesProps): JSX.Element {
  return (
    <div class="stage">
      {props.bar}
      <Show when={props.notices}>{(notices) => <div class="stage-notices">{notices()}</div>}</Show>
      <div class="stage-zones">
        <div class="stage-result">{props.result}</div>
        <div class="stage-beside">{props.beside}</div>
      </div>
      {props.strip}
      {props.more}
    </div>
  );
}
