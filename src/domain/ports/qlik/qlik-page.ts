/** One page of a list that a tenant divides by cursors. Read all of them with `pages()`. */
export interface QlikPage<Item> {
  readonly items: readonly Item[];
  /** Cursor of the page after this one; undefined on the last. */
  readonly next: string | undefined;
}
