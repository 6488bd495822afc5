# SPDX-License-Identifier: Apache-2.0
"""made_feed.py - ticks of a made-up server, as fast as they are wanted: an hour of them is there at once."""


def feed(devices, watts="200 + 100 * Math.sin(id / 50 + index)"):
    """For `open(before=...)`: the page has `feed(COUNT)` then. watts: of a tick's number `id` and a device's `index`."""
    return """(() => {
  const asked = globalThis.fetch;
  const began = Date.now() - 3700e3;
  let at = 0;
  let stream = null;
  const tick = () => {
    const id = ++at;
    const devices = Array.from({ length: %d }, (_value, index) => ({
      id: `gpu${index}`, kind: 'gpu', basis: index %% 2 ? 'modelled' : 'measured', added: true, watts: %s,
      low_watts: 190, high_watts: 310, utilization_ratio: 0.5, joules: id * 200, memory_used_bytes: 1e9, memory_total_bytes: 8e9 }));
    const data = { id, time: new Date(began + id * 1000).toISOString(), interval_seconds: 1, devices, memory_used_bytes: 1e9, memory_total_bytes: 4e9 };
    return `id: ${id}\\nevent: sample\\ndata: ${JSON.stringify(data)}\\n\\n`;
  };
  globalThis.feed = (count) => stream.enqueue(new TextEncoder().encode(Array.from({ length: count }, tick).join('')));
  globalThis.fetch = (url, init) => String(url).includes('/api/v1/live')
    ? Promise.resolve(new Response(new ReadableStream({ start: (controller) => { stream = controller; } }), { headers: { 'Content-Type': 'text/event-stream' } }))
    : asked(url, init);
})()""" % (devices, watts)
