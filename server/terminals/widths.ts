import unicode11Addon from '@xterm/addon-unicode11';
import type headless from '@xterm/headless';

type Provider = Parameters<headless.IUnicodeHandling['register']>[0];

/** Marks that one letter may carry. Scripts need a handful; without a bound a program could put millions on one. */
const MARKS_MAX = 32;

/** Bit 0: it joins the letter before it; bits 1 and 2: its width; above them a state that we keep the count in. */
const JOINS = 1;
const STATE_SHIFT = 3;

/** Makes `terminal` measure as the page's terminals do, with a bound on what is put on one letter. */
export function measureAsPages(terminal: headless.Terminal): void {
  const widths = providerOf(new unicode11Addon.Unicode11Addon());
  const bounded: Provider = {
    version: 'slipway',
    wcwidth: (codepoint) => widths.wcwidth(codepoint),
    charProperties: (codepoint, preceding) => {
      const count = preceding >> STATE_SHIFT;
      const own = widths.charProperties(codepoint, preceding & ((1 << STATE_SHIFT) - 1));
      if ((own & JOINS) === 0) return own;
      // One too many stands by itself, and the count begins anew.
      if (count >= MARKS_MAX) return 1 << 1;
      return own | ((count + 1) << STATE_SHIFT);
    },
  };
  terminal.unicode.register(bounded);
  terminal.unicode.activeVersion = bounded.version;
}

/** The add-on keeps its provider to itself, and gives it to the terminal that it is loaded into. */
function providerOf(addon: unicode11Addon.Unicode11Addon): Provider {
  let found: Provider | undefined;
  const terminal = { unicode: { register: (provider: Provider) => (found = provider) } };
  addon.activate(terminal as unknown as Parameters<typeof addon.activate>[0]);
  if (found === undefined) throw new Error('The add-on for Unicode 11 has no provider.');
  return found;
}
