import type { ChartType } from './app-objects.ts';

/**
 * The appearance properties a chart has when it is made in Qlik's editor. The chart packages rely on them being
 * stored: without `color`, for one, a bar chart does not draw.
 */
export function looksOf(
  type: ChartType,
  { horizontalBars }: { horizontalBars: boolean },
): Readonly<Record<string, unknown>> {
  if (type === 'linechart') return { ...COMMON, ...LINES };
  const dimensionAxis = { ...COMMON.dimensionAxis, axisDisplayMode: horizontalBars ? 'max' : 'custom' };
  return { ...COMMON, ...BARS, dimensionAxis, orientation: horizontalBars ? 'horizontal' : 'vertical' };
}

const COMMON = {
  // The embed writes the title itself, as a heading that fits the page's outline.
  showTitles: false,
  showDetails: false,
  showDisclaimer: true,
  subtitle: '',
  footnote: '',
  color: {
    auto: true,
    autoMinMax: true,
    dimensionScheme: '12',
    expressionIsColor: true,
    expressionLabel: '',
    formatting: { numFormatFromTemplate: true },
    measureScheme: 'sg',
    mode: 'primary',
    paletteColor: { index: 6 },
    persistent: false,
    reverseScheme: false,
    useBaseColors: 'off',
    useDimColVal: true,
    useMeasureGradient: true,
  },
  components: [],
  dimensionAxis: {
    axisDisplayMode: 'auto',
    continuousAuto: false,
    dock: 'near',
    label: 'auto',
    maxVisibleItems: 12,
    show: 'labels',
  },
  gridLine: { auto: true, spacing: 2 },
  legend: { dock: 'top', show: true, showTitle: false },
  measureAxis: {
    autoMinMax: true,
    dock: 'near',
    logarithmic: false,
    max: 10,
    min: 0,
    minMax: 'min',
    show: 'labels',
    spacing: 1,
  },
  preferContinuousAxis: false,
  refLine: { refLines: [], dimRefLines: [] },
  scrollbar: 'miniChart',
  scrollStartPos: 0,
  showMiniChartForContinuousAxis: true,
  tooltip: { auto: true, hideBasic: false, title: '', description: '', data: {} },
};

const BARS = {
  version: '2.14.0',
  barGrouping: { grouping: 'grouped' },
  dataPoint: { showLabels: true, showSegmentLabels: false, showTotalLabels: true },
};

const LINES = {
  version: '1.47.7',
  lineType: 'area',
  nullMode: 'gap',
  dataPoint: { show: true, showLabels: false },
  orientation: 'horizontal',
  separateStacking: true,
  stackedArea: false,
};
