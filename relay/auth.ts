/**
 * Proof of identity on one REST request: `Authorization: Mesh <peer id>.<signature>`, both base64url.
 *
 * A blob's proof is the identity's signature over the body {t: 'blob', hash}. It says "I publish these bytes", so sending it again or to
 * another relay publishes nothing that its owner did not sign; it needs no nonce.
 */
import { fromBase64Url, type Hash } from '#protocol/codec';
import { MeshError } from '#protocol/errors';
import { blobProofBytes, parsePeerId, verifyBytes, type PeerId } from '#protocol/identity';

const SCHEME = /^Mesh ([\w-]{44})\.([\w-]{86})$/;
const EXPECTED = 'Mesh <peer id>.<signature over {t: "blob", hash}>';

/** @throws MeshError signature-invalid */
export async function checkBlobProof(header: string | undefined, hash: Hash): Promise<PeerId> {
  const [, peer, sig] = SCHEME.exec(header ?? '') ?? [];
  if (peer === undefined || sig === undefined) {
    throw new MeshError('signature-invalid', {
      field: 'authorization',
      expected: EXPECTED,
      got: header === undefined ? 'nothing' : 'something else',
    });
  }
  const by = parsePeerId(peer, 'authorization');
  if (!(await verifyBytes(by, blobProofBytes(hash), fromBase64Url(sig)))) {
    throw new MeshError('signature-invalid', { field: 'authorization', expected: EXPECTED, got: 'a signature over something else' });
  }
  return by;
}
