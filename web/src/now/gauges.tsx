// SPDX-License-Identifier: Apache-2.0
// now/gauges.tsx - how busy processors are and how full memories, with the last half minute around each
import * as format from "../format";
import type { Live } from "../live";
import { Block, Donut } from "../parts";
import type { Report } from "../types";
import { words } from "../words";

const TREND_SECONDS = 30;

function known(value: number | undefined | null): value is number {
  return value !== undefined && value !== null && Number.isFinite(value);
}

/** The mean load of the devices of a kind, of the ticks of the last half minute; the newest is the last. */
function loads(live: Live, kind: string): (number | null)[] {
  const columns = [...live.track.about.values()].filter((device) => device.kind === kind).map((device) => live.track.of.get(device.id)!.load.slice(-TREND_SECONDS));
  const length = Math.max(0, ...columns.map((column) => column.length));
  return Array.from({ length }, (_value, index) => {
    const values = columns.map((column) => column[index]).filter(known);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}

function part(bytes: number[], total: number | null | undefined): (number | null)[] {
  return bytes.map((value) => (known(value) && known(total) && total > 0 ? value / total : null));
}

export function Gauges({ live, here }: { live: Live; here: Report | null }) {
  const total = live.last?.memory_total_bytes ?? here?.machine.memory_bytes;
  const memory = live.track.memory.slice(-TREND_SECONDS);
  const gpus = [...live.track.about.values()].filter((device) => device.kind === "gpu");
  return (
    <Block title={words.donuts.title} testid="donuts">
      <div class="donuts">
        <Donut title={words.donuts.cpu} testid="donut-cpu" trend={loads(live, "cpu")} />
        <Donut title={words.donuts.memory} testid="donut-ram" trend={part(memory, total)} detail={words.donuts.of(format.bytes(memory.at(-1)), format.bytes(total))} />
        <Donut title={words.donuts.gpu} testid="donut-gpu" trend={loads(live, "gpu")} detail={gpus.length === 0 ? words.donuts.none : undefined} />
        {gpus.map((gpu) => {
          const used = live.track.of.get(gpu.id)!.memory.slice(-TREND_SECONDS);
          const size = gpu.memory_total_bytes;
          return used.some(known) ? (
            <Donut key={gpu.id} title={words.donuts.vram(gpu.id)} testid={`donut-vram-${gpu.id}`} trend={part(used, size)} detail={words.donuts.of(format.bytes(used.at(-1)), format.bytes(size))} />
          ) : null;
        })}
      </div>
    </Block>
  );
}
