/** The preset networks with a group norm after each convolution, as in some papers, for comparison. */
import type { Layer } from '#protocol/model/layers';

const GROUPS = 4;

export function withNorms(layers: readonly Layer[]): Layer[] {
  return layers.flatMap((layer): Layer[] =>
    layer.kind === 'conv2d' ? [layer, { kind: 'group-norm', groups: GROUPS, channels: layer.outChannels }] : [layer],
  );
}
