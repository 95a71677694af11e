import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SilenceTimer } from './silence-timer.js';

describe('SilenceTimer', () => {
  const expire = vi.fn();
  beforeEach(() => {
    vi.useFakeTimers();
    expire.mockReset();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fires once, so long after the last sign of life', () => {
    const timer = new SilenceTimer(100, expire);
    vi.advanceTimersByTime(99);
    timer.heard();
    vi.advanceTimersByTime(99);
    expect(expire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    timer.heard();
    timer.pause()();
    vi.advanceTimersByTime(1000);
    expect(expire).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('counts no time while any pause lasts, and the whole time after it', () => {
    const timer = new SilenceTimer(100, expire);
    vi.advanceTimersByTime(60);
    const [first, second] = [timer.pause(), timer.pause()];
    first();
    first();
    timer.heard();
    vi.advanceTimersByTime(1000);
    second();
    vi.advanceTimersByTime(99);
    expect(expire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(expire).toHaveBeenCalledOnce();
  });

  it('is silent once stopped, and with an infinite time', () => {
    const stopped = new SilenceTimer(100, expire);
    const resume = stopped.pause();
    stopped.stop();
    resume();
    stopped.heard();
    new SilenceTimer(Number.POSITIVE_INFINITY, expire).heard();
    expect(vi.getTimerCount()).toBe(0);
  });
});
