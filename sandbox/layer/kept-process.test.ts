import { describe, expect, it, onTestFinished } from 'vitest';

import { KeptProcess, ProcessEnded } from './kept-process.ts';
import { CommandFailed } from './run.ts';
import { Shell } from './shell.ts';

function echo(script = 'cat'): KeptProcess {
  const kept = new KeptProcess({ argv: () => ['sh', '-c', script], mark: /\nend (\d)\n/g, encoding: 'utf8' });
  onTestFinished(() => kept.close());
  return kept;
}

describe('a kept process', () => {
  it('answers in the order of the questions, from one process', async () => {
    const kept = echo();
    const answers = [1, 2, 3].map(async (n) => kept.ask(`answer ${n}\nend ${n}\n`));
    const { pid } = kept;
    expect((await Promise.all(answers)).map(({ output, mark }) => [output, mark[1]])).toEqual([
      ['answer 1', '1'],
      ['answer 2', '2'],
      ['answer 3', '3'],
    ]);
    await kept.ask('more\nend 4\n');
    expect(kept.pid).toBe(pid);
  });

  it('finds a mark that arrives in pieces, after a long answer', async () => {
    const long = 'x'.repeat(300_000);
    const kept = echo(
      `read line; cat >/dev/null & printf '%s' "$line"; printf '\\nen'; sleep 0.05; printf 'd 7\\n'; wait`,
    );
    const { output, mark } = await kept.ask(`${long}\n`);
    expect([output.length, mark[1]]).toEqual([long.length, '7']);
  });

  it('says what it printed last when it ends, and starts again', async () => {
    const kept = echo('read line; [ "$line" = bad ] && { echo no more; exit; }; printf "fine\\nend 0\\n"');
    await expect(kept.ask('bad\n')).rejects.toEqual(new ProcessEnded('no more'));
    expect((await kept.ask('good\n')).output).toBe('fine');
  });

  it('says why it did not start', async () => {
    const kept = new KeptProcess({ argv: () => ['/no/such/program'], mark: /x/g, encoding: 'utf8' });
    await expect(kept.ask('x')).rejects.toThrow('ENOENT');
  });

  it('answers what was asked before it was closed', async () => {
    const kept = echo();
    const answer = kept.ask('late\nend 5\n');
    kept.close();
    expect((await answer).output).toBe('late');
  });
});

describe('a shell', () => {
  it('gives bytes back, and quotes what it is given', async () => {
    expect(await new Shell('sh').run(['printf', '%s', "it's $HOME ÿ"], '/tmp')).toBe(
      Buffer.from("it's $HOME ÿ").toString('latin1'),
    );
  });

  it('tells how a command failed', async () => {
    await expect(new Shell('sh').run(['sh', '-c', 'echo oh; exit 3'])).rejects.toEqual(
      new CommandFailed(['sh'], 3, 'oh'),
    );
  });
});
