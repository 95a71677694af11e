import assert from 'node:assert/strict';
import type { AdvancedInferenceEngine, EngineConfig, EngineState, InferenceRequest } from '@ferrum/interfaces';
import { isAdvancedEngine } from '@ferrum/registry';
import { FerrumError } from '@ferrum/registry/errors';
import { untilActive } from '../engine/activity.js';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { greedy, type TextSubject, untyped } from './requests.js';

/** The calls of `AdvancedInferenceEngine`. */
export function advancedTests(subject: TextSubject, prompt: string, features: readonly string[]): void {
  const engine = () => advanced(subject.engine);
  const bad = untyped({ prompt: '' });
  const wrong = ['RequestValidation', 'InvalidParameter'] as const;

  featureContract(subject, 'advanced', {
    works: (test) => {
      test('inferBatch keeps the order, and one bad request leaves the others alone', async () => {
        const good = [greedy(prompt, 8), greedy(`${prompt} Please.`, 6)] as const;
        const alone = [await engine().infer(good[0]), await engine().infer(good[1])] as const;
        const progress: number[] = [];
        const onProgress = ({ completed, total }: { completed: number; total: number }) => {
          assert.equal(total, 3);
          progress.push(completed);
        };
        const [first, second, third] = await engine().inferBatch([good[0], bad, good[1]], { onProgress });
        assert.ok(
          first?.status === 'ok' && third?.status === 'ok',
          'A good request beside a bad one was not answered.',
        );
        assert.equal(first.response.text, alone[0].text);
        assert.equal(third.response.text, alone[1].text);
        assert.ok(
          second?.status === 'error' && FerrumError.isInstance(second.error),
          'The bad request has no FerrumError.',
        );
        assert.deepEqual(progress, [1, 2, 3], 'onProgress was not told of each request.');
        assert.deepEqual(await engine().inferBatch([]), []);
      });

      test('inferBatch refuses what is no list, and ends when its signal fires', async () => {
        await rejection(() => engine().inferBatch(greedy(prompt, 4) as never), ...wrong);
        const controller = new AbortController();
        const requests = [greedy(prompt, 400), greedy(prompt, 400)];
        const running = rejection(() => engine().inferBatch(requests, { signal: controller.signal }), 'Cancelled');
        await untilActive(engine(), running);
        controller.abort();
        await running;
      });

      test('inferSpeculative gives the greedy text, and counts what it drafted', async () => {
        const { text } = await engine().infer(greedy(prompt, 16));
        const answer = await engine().inferSpeculative(greedy(prompt, 16), { speculationDepth: 3 });
        assert.equal(answer.text, text);
        const { draftedTokens, acceptedTokens, acceptanceRate } = answer.speculation;
        assert.ok(
          acceptedTokens >= 0 && acceptedTokens <= draftedTokens,
          `${acceptedTokens} of ${draftedTokens} accepted.`,
        );
        if (draftedTokens > 0) assert.equal(acceptanceRate, acceptedTokens / draftedTokens);
        else assert.equal(acceptanceRate, undefined);
        for (const speculationDepth of [0, -1, 1.5]) {
          await rejection(() => engine().inferSpeculative(greedy(prompt, 4), { speculationDepth }), ...wrong);
        }
      });

      test('warmup runs what it is given, and lists what failed', async () => {
        const fine = await engine().warmup([greedy(prompt, 2)]);
        assert.equal(fine.requestsProcessed, 1);
        assert.equal(fine.success, true);
        assert.deepEqual(fine.issues, []);
        const mixed = await engine().warmup([bad, greedy(prompt, 2)]);
        assert.equal(mixed.requestsProcessed, 1);
        assert.equal(mixed.success, false);
        assert.equal(mixed.issues.length, 1);
        for (const value of [mixed.totalTimeMs, mixed.avgLatencyMs ?? 0, mixed.memoryAllocatedBytes]) {
          assert.ok(Number.isFinite(value) && value >= 0, `A measure is ${value}.`);
        }
      });

      test('diagnostics tells the configuration, the metrics and the features as they are', async () => {
        const report = await engine().diagnostics();
        assert.deepEqual(report.configSnapshot, engine().config());
        assert.equal(report.currentMetrics.totalRequests, engine().metrics().totalRequests);
        assert.deepEqual([...report.systemInfo.runtimeInfo.featureFlags].sort(), [...features].sort());
        assert.ok(report.systemInfo.totalMemoryBytes > 0, 'systemInfo knows no memory.');
      });

      test('reconfigure takes the configuration in force, and refuses another model, which changes nothing', async () => {
        const config = engine().config();
        await engine().reconfigure(config);
        const other: EngineConfig = { ...config, model: { ...config.model, modelId: 'another-model' } };
        await rejection(() => engine().reconfigure(other), 'Config');
        await rejection(() => engine().reconfigure(null as never), 'Config');
        assert.deepEqual(engine().config(), config);
      });

      test('exportState holds what runs, which goes on', async () => {
        assert.deepEqual((await engine().exportState()).activeRequests, []);
        const { text } = await engine().infer(greedy(prompt, 32));
        const { state, answer } = await exportRunning(engine(), { ...greedy(prompt, 32), id: 'moving' });
        assert.equal(state.specificationVersion, '1');
        assert.equal(state.config.model.modelId, engine().modelId);
        assert.deepEqual(
          state.activeRequests.map(({ requestId }) => requestId),
          ['moving'],
        );
        assert.equal((await answer).text, text, 'The request that was exported did not go on as it would have.');
      });

      subject.testWithOwnEngine(
        'advanced: importState takes up in another engine what ran, and answers all of it',
        async (other) => {
          const { state, answer } = await exportRunning(engine(), { ...greedy(prompt, 32), id: 'moving' });
          const restored = await advanced(other).importState(structuredClone(state));
          assert.deepEqual(
            restored.map(({ requestId }) => requestId),
            ['moving'],
          );
          assert.equal((await restored[0]?.response())?.text, (await answer).text);
          const [again] = await advanced(other).importState(state);
          again?.cancel();
          await rejection(() => again?.response(), 'Cancelled');
        },
      );

      test('importState refuses the state of another model, and what is none', async () => {
        const state = await engine().exportState();
        const { config } = state;
        const foreign = { ...state, config: { ...config, model: { ...config.model, modelId: 'another-model' } } };
        for (const wrongState of [foreign, {}, null, 7]) {
          await rejection(() => engine().importState(wrongState as unknown as EngineState), 'InvalidParameter');
        }
      });
    },
    uses: {},
  });
}

function advanced(engine: TextSubject['engine']): AdvancedInferenceEngine {
  assert.ok(isAdvancedEngine(engine), 'The engine lacks a call of AdvancedInferenceEngine.');
  return engine;
}

/** Exports while the request runs. */
async function exportRunning(engine: AdvancedInferenceEngine, request: InferenceRequest) {
  const answer = engine.infer(request);
  await untilActive(engine, answer);
  const state = structuredClone(await engine.exportState());
  return { state, answer };
}
