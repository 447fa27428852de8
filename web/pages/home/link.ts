/** Where a link leads that somebody pasted: with a sentence around it, without its scheme, or as a bare id. Pure. */
const BARE_ID = /^[\w-]{43}$/;
/** The word of a text that names a project, without brackets and quotes before it. */
const LINK = /[^\s<>()[\]"'‹›«»“”]*\/f\/([\w-]{43})(?![\w-])[^\s<>"'‹›«»“”]*/;

/** @returns a path of this site, another site's address (http or https), or null where the text names no project */
export function leadsTo(text: string, here: string): { readonly path: string } | { readonly away: string } | null {
  const pasted = text.trim();
  if (BARE_ID.test(pasted)) return { path: `/f/${pasted}/join` };
  const [link, id] = LINK.exec(pasted) ?? [];
  if (link === undefined || id === undefined) return null;
  if (/^\/(?!\/)/.test(link)) return { path: `/f/${id}/join` };
  const scheme = /^([a-z][\w+.-]*:)?\/\//i.exec(link)?.[1]?.toLowerCase();
  if (scheme === undefined ? link.startsWith('//') : !/^https?:$/.test(scheme)) return null;
  // What people type has none; one like javascript: makes no address with the web's before it.
  const url = URL.parse(scheme === undefined ? `http://${link}` : link);
  if (url === null) return null;
  return url.host === new URL(here).host ? { path: `/f/${id}/join` } : { away: url.href };
}
