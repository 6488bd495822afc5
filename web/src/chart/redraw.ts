// SPDX-License-Identifier: Apache-2.0
// chart/redraw.ts - a chart drawn anew for a picture: with as many pixels as that has, and not those of the screen enlarged
import uPlot from "uplot";

/** Canvas pixels of a picture for one of the style sheet. */
export const PICTURE_SCALE = 2;

/** How much larger everything is to be drawn, so that the canvas has these pixels on a screen of any density. */
export function pictureZoom(): number {
  return PICTURE_SCALE / devicePixelRatio;
}

export interface Redrawing {
  options: uPlot.Options;
  data: uPlot.AlignedData;
  /** the part of x that is shown */
  shown: { min: number; max: number };
}

/** The canvas belongs to whoever asked. */
export function redraw({ options, data, shown }: Redrawing): Promise<HTMLCanvasElement> {
  return new Promise((made) => {
    const drawn = (plot: uPlot) =>
      queueMicrotask(() => {
        plot.destroy(); /* it would go on listening to the page */
        made(plot.ctx.canvas);
      });
    const hooks = { ...options.hooks, draw: [...[options.hooks?.draw ?? []].flat(), drawn] };
    new uPlot({ ...options, hooks }, data, document.createElement("div")).setScale("x", shown);
  });
}

type Maker = () => Promise<HTMLCanvasElement>;

const makers = new Map<string, Maker>();

/** A chart that is on the page can be had by its data-testid until what is returned is called. */
export function offer(testid: string, maker: Maker): () => void {
  makers.set(testid, maker);
  return () => {
    if (makers.get(testid) === maker) makers.delete(testid);
  };
}

/** null: no such chart is drawn on the page. */
export function redrawn(testid: string): Promise<HTMLCanvasElement> | null {
  return makers.get(testid)?.() ?? null;
}
