import type { NxInfo } from '@qlik/api/qix';
import { drawCell, requireObject } from './chart-view.ts';
import { element } from './elements.ts';
import { IncompleteEmbedError } from './failure.ts';
import { drawSelections } from './selections-view.ts';
import type { View } from './view.ts';

interface SheetLayout {
  qInfo?: NxInfo;
  title?: string;
  columns?: number;
  rows?: number;
  cells?: readonly SheetCell[];
}

interface SheetCell {
  name: string;
  col: number;
  row: number;
  colspan: number;
  rowspan: number;
}

/** `analytics/sheet`: the sheet's charts on its grid; one below the other when there is little width. */
export const sheetView: View = async (context) => {
  const { props, body } = context;
  if (!props.sheetId) throw new IncompleteEmbedError('The attribute sheet-id is missing.');
  const sheet = await requireObject(context, props.sheetId);
  const layout: SheetLayout = await sheet.getLayout();
  const { title = '', columns = 24, rows = 12, cells = [] } = layout;
  const heading = element('h2', { className: 'qs-sheet-title', text: title });
  const selections = element('div', { className: 'qs-selections' });
  const grid = element('div', { className: 'qs-grid' });
  grid.style.setProperty('--qs-columns', String(columns));
  grid.style.setProperty('--qs-rows', String(rows));
  body.append(heading, selections, grid);
  await Promise.all([
    drawSelections(context, selections),
    ...readingOrder(cells).map(async (cell) => {
      const slot = element('div', { className: 'qs-slot' });
      slot.style.setProperty('--qs-column', `${cell.col + 1} / span ${cell.colspan}`);
      slot.style.setProperty('--qs-row', `${cell.row + 1} / span ${cell.rowspan}`);
      grid.append(slot);
      await drawCell({ ...context, heading: 'h3' }, slot, { id: cell.name });
    }),
  ]);
};

function readingOrder(cells: readonly SheetCell[]): SheetCell[] {
  return cells.toSorted((a, b) => a.row - b.row || a.col - b.col);
}
