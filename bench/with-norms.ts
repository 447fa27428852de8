/** The preset networks with a group norm behind each convolution, as some papers have them: a neighbour to compare with. */
import type { Layer } from '#protocol/model/layers';

const GROUPS = 4;

export function withNorms(layers: readonly Layer[]): Layer[] {
  return layers.flatMap((layer): Layer[] =>
    layer.kind === 'conv2d' ? [layer, { kind: 'group-norm', groups: GROUPS, channels: layer.outChannels }] : [layer],
  );
}
