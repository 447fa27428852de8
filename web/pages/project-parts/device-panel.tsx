/** How much of this device training may use: a slider for its cores, if there are several. */
import { Show, type JSX } from 'solid-js';
import { plural, t } from '../../i18n/t.ts';
import type { PeerCalls } from '../../state/peer.ts';
import { chooseThreads, cores, threads, threadsMax } from '../../state/threads.ts';
import '../../styles/device.css';

export function DevicePanel(props: { readonly calls: PeerCalls }): JSX.Element {
  const choose = (count: number) => {
    chooseThreads(count);
    void props.calls.threads(count);
  };
  return (
    <section class="panel" aria-labelledby="panel-device">
      <h2 id="panel-device">{t('train.device')}</h2>
      <Show when={threadsMax() > 1} fallback={<p>{t('train.device.single')}</p>}>
        <label for="device-cores">{t('train.device.cores')}</label>
        <div class="cores">
          <input
            id="device-cores"
            type="range"
            min={1}
            max={threadsMax()}
            step={1}
            value={threads()}
            aria-valuetext={plural('train.device.cores.now', threads())}
            aria-describedby="device-cores-hint"
            onChange={(event) => choose(event.currentTarget.valueAsNumber)}
          />
          <output for="device-cores">{plural('train.device.cores.now', threads())}</output>
        </div>
        <p id="device-cores-hint" class="quiet">
          {t('train.device.cores.hint', { all: cores() })}
        </p>
      </Show>
    </section>
  );
}
