/** The chart packages ship no types; to the embed they are opaque things that stardust knows how to draw. */
declare module '@nebula.js/sn-bar-chart' {
  import type { stardust } from '@nebula.js/stardust';
  const chart: stardust.Visualization;
  export default chart;
}
declare module '@nebula.js/sn-line-chart' {
  import type { stardust } from '@nebula.js/stardust';
  const chart: stardust.Visualization;
  export default chart;
}
