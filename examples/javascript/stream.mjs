// Answer after each time step of one stream. A line of the input has the values of the channels:
//     node stream.mjs waves.onnx waves.json < steps.jsonl
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as ort from "onnxruntime-node"; // onnxruntime-web in a browser: the same calls

const [model, metadata] = process.argv.slice(2);
const about = JSON.parse(readFileSync(metadata));
const session = await ort.InferenceSession.create(model);

function startOf({ dtype, shape, start }) {
  const dims = [1, ...shape.slice(1)]; // of one stream
  const size = dims.reduce((product, each) => product * each);
  return new ort.Tensor(dtype, Array(size).fill(start), dims);
}

const state = {};
for (const [name, each] of Object.entries(about.state)) state[name] = startOf(each);

for await (const line of createInterface({ input: process.stdin })) {
  const step = new ort.Tensor(about.dtype, JSON.parse(line), [1, about.n_channels]);
  const outputs = await session.run({ step, ...state });
  for (const name in state) state[name] = outputs[`next_${name}`];
  console.log(JSON.stringify([...outputs.probabilities.data]));
}
