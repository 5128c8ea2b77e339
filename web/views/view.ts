import { LitElement } from 'lit';

/**
 * A part of the page that is composed of other elements. Views render into the light DOM: the styles of the document and
 * of xterm reach what is in them, and labels and controls may refer to each other by id.
 */
export abstract class View extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
