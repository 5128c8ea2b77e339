import type { AllCheck, AnyCheck, Check, NotCheck } from '../../lessons/checks.ts';
import type { EngineView } from './engine-view.ts';
import { fail, pass } from './images.ts';
import type { CheckResult } from './judge.ts';

type JudgeAny = (check: Check, engine: EngineView) => Promise<CheckResult>;

/** One of them is enough. While none holds, what the first says is told: authors put the usual way first. */
export async function anyOf(
  { checks, missing }: AnyCheck,
  engine: EngineView,
  judge: JudgeAny,
): Promise<CheckResult> {
  const results = await Promise.all(checks.map((check) => judge(check, engine)));
  const found = results.find(({ passed }) => passed);
  return found ?? fail(missing ?? results[0]?.message ?? '');
}

export async function allOf({ checks }: AllCheck, engine: EngineView, judge: JudgeAny): Promise<CheckResult> {
  const results = await Promise.all(checks.map((check) => judge(check, engine)));
  const wrong = results.find(({ passed }) => !passed);
  return wrong ?? pass(results.map(({ message }) => message).join(' '));
}

export async function notThis(
  { check, missing }: NotCheck,
  engine: EngineView,
  judge: JudgeAny,
): Promise<CheckResult> {
  const { passed } = await judge(check, engine);
  return passed ? fail(missing) : pass('As it should be.');
}
