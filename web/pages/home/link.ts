/** Parses a pasted link: inside a sentence, without its scheme, or a bare id. Pure. */
const BARE_ID = /^[\w-]{43}$/;
/** The word of a text that names a project, without leading brackets and quotes. */
const LINK = /[^\s<>()[\]"'‹›«»“”]*\/f\/([\w-]{43})(?![\w-])[^\s<>"'‹›«»“”]*/;

/** @returns a path of this site, another site's address (http or https), or null if the text names no project */
export function leadsTo(text: string, here: string): { readonly path: string } | { readonly away: string } | null {
  const pasted = text.trim();
  if (BARE_ID.test(pasted)) return { path: `/f/${pasted}/join` };
  const [link, id] = LINK.exec(pasted) ?? [];
  if (link === undefined || id === undefined) return null;
  if (/^\/(?!\/)/.test(link)) return { path: `/f/${id}/join` };
  const scheme = /^([a-z][\w+.-]*:)?\/\//i.exec(link)?.[1]?.toLowerCase();
  if (scheme === undefined ? link.startsWith('//') : !/^https?:$/.test(scheme)) return null;
  // People often leave out the scheme; https:// in front of something like javascript: gives no valid address.
  const url = URL.parse(scheme === undefined ? `http://${link}` : link);
  if (url === null) return null;
  return url.host === new URL(here).host ? { path: `/f/${id}/join` } : { away: url.href };
}
