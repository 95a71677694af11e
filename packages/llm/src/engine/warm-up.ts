import type { InferenceRequest, LlmInferenceEngine, WarmupResult } from '@ferrum/interfaces';
import { requireList } from './require-list.js';

/** Runs requests one after the other, so that the first real one finds everything loaded and every buffer touched. */
export async function warmUp(engine: LlmInferenceEngine, requests: readonly InferenceRequest[]): Promise<WarmupResult> {
  requireList(requests, 'warmup');
  const from = performance.now();
  const residentBefore = process.memoryUsage.rss();
  const latencies: number[] = [];
  const issues: string[] = [];
  for (const [index, request] of requests.entries()) {
    try {
      latencies.push((await engine.infer(request)).latencyMs);
    } catch (error) {
      issues.push(`Request ${index} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return {
    requestsProcessed: latencies.length,
    totalTimeMs: performance.now() - from,
    ...(latencies.length > 0 ? { avgLatencyMs: latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length } : {}),
    memoryAllocatedBytes: Math.max(0, process.memoryUsage.rss() - residentBefore),
    success: issues.length === 0,
    issues,
  };
}
