/**
 * Mounts every embed of the page again: the runtime drops what had failed for want of a token and asks anew.
 * The elements stay the same and stay in their places, so a framework that owns them notices nothing.
 */
export function remountEmbeds() {
  for (const embed of document.querySelectorAll('qlik-embed')) {
    const { parentNode, nextSibling } = embed;
    parentNode?.removeChild(embed);
    parentNode?.insertBefore(embed, nextSibling);
  }
}
