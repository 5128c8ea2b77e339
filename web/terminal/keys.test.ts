import { describe, expect, it } from 'vitest';
import { keyMeaning, type KeyContext } from './keys.ts';

function press(keys: string) {
  const parts = keys.split('+');
  return {
    key: parts.at(-1) ?? '',
    code: `Digit${parts.at(-1) ?? ''}`,
    ctrlKey: parts.includes('Ctrl'),
    shiftKey: parts.includes('Shift'),
    altKey: parts.includes('Alt'),
    metaKey: parts.includes('Meta'),
  };
}

const prompt: KeyContext = { selection: false, fullScreen: false, mac: false, beside: false };
const selected = { ...prompt, selection: true };
const vim = { ...prompt, fullScreen: true };
const mac = { ...prompt, mac: true };

describe('keyMeaning', () => {
  it.each([
    ['Ctrl+c', prompt, 'terminal'],
    ['Ctrl+c', selected, 'copy'],
    ['Ctrl+Shift+C', prompt, 'copy'],
    ['Ctrl+v', prompt, 'browser'],
    ['Ctrl+v', vim, 'terminal'],
    ['Ctrl+Shift+V', vim, 'browser'],
    ['Ctrl+Shift+F', prompt, 'find'],
    ['Ctrl+Shift+5', vim, 'split'],
    ['Ctrl+Shift+5', mac, 'split'],
    ['Ctrl+Shift+ArrowLeft', prompt, 'terminal'],
    ['Ctrl+Shift+ArrowLeft', { ...vim, beside: true }, 'other'],
    ['Ctrl+f', prompt, 'terminal'],
    ['Ctrl+Alt+c', selected, 'terminal'],
    ['Ctrl+r', prompt, 'terminal'],
    ['F6', vim, 'leave'],
    ['Shift+F6', vim, 'leave'],
    ['Ctrl+F6', vim, 'terminal'],
    ['a', prompt, 'terminal'],
    ['Meta+c', { ...selected, mac: true }, 'copy'],
    ['Meta+v', mac, 'browser'],
    ['Meta+f', mac, 'find'],
    ['Ctrl+c', { ...selected, mac: true }, 'terminal'],
    ['Ctrl+v', mac, 'terminal'],
  ] as const)('%s with %o is for the %s', (keys, context, meaning) => {
    expect(keyMeaning(press(keys), context)).toBe(meaning);
  });
});
