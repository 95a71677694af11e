import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pickServer } from './pick-server.js';

const candidate = fc.record({
  outstanding: fc.nat(8),
  maxConcurrent: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(Number.POSITIVE_INFINITY)),
  lastPicked: fc.nat(100),
});

it('never picks a full server, nor one with more requests than another that has room', () => {
  fc.assert(
    fc.property(fc.array(candidate), (candidates) => {
      const picked = pickServer(candidates);
      const withRoom = candidates.filter(({ outstanding, maxConcurrent }) => outstanding < maxConcurrent);
      if (picked === undefined) {
        expect(withRoom).toEqual([]);
        return;
      }
      expect(withRoom).toContain(picked);
      expect(picked.outstanding).toBe(Math.min(...withRoom.map(({ outstanding }) => outstanding)));
      const equals = withRoom.filter(({ outstanding }) => outstanding === picked.outstanding);
      expect(picked.lastPicked).toBe(Math.min(...equals.map(({ lastPicked }) => lastPicked)));
    }),
  );
});

it('gives equal servers a turn each', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 20 }), (count, rounds) => {
      const servers = Array.from({ length: count }, () => ({
        outstanding: 0,
        maxConcurrent: Number.POSITIVE_INFINITY,
        lastPicked: 0,
        turns: 0,
      }));
      for (let turn = 1; turn <= rounds * count; turn += 1) {
        const picked = pickServer(servers);
        if (picked === undefined) throw new Error('none was picked');
        picked.lastPicked = turn;
        picked.turns += 1;
      }
      expect(servers.map(({ turns }) => turns)).toEqual(servers.map(() => rounds));
    }),
  );
});

it('keeps servers level while requests come and go', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(2), { nil: undefined }), { maxLength: 60 }), (steps) => {
      const servers = [0, 1, 2].map(() => ({ outstanding: 0, maxConcurrent: 4, lastPicked: 0 }));
      let turn = 0;
      for (const ends of steps) {
        const ending = ends === undefined ? undefined : servers[ends];
        if (ending !== undefined) {
          ending.outstanding = Math.max(0, ending.outstanding - 1);
          continue;
        }
        const before = servers.map(({ outstanding }) => outstanding);
        const picked = pickServer(servers);
        if (picked === undefined) {
          expect(before).toEqual([4, 4, 4]);
          continue;
        }
        turn += 1;
        picked.lastPicked = turn;
        picked.outstanding += 1;
        expect(picked.outstanding).toBe(Math.min(...before) + 1);
      }
    }),
  );
});
