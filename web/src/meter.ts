// How loud the microphone is, in bars.

const STEPS = 5;
const FULL = 0.15; // root mean square of a voice close to a headset microphone

/** 0..5 bars for a stretch of samples. */
export function meterLevel(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const loudness = Math.sqrt(sum / Math.max(1, samples.length)) / FULL;
  return Math.min(STEPS, Math.round(Math.sqrt(loudness) * STEPS));
}
