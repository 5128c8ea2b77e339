import { unsafeCSS } from 'lit';
import controls from '../styles/controls.css?inline';

/** Buttons and focus for an element with a shadow root, where the document's own styles do not reach. */
export const controlStyles = unsafeCSS(controls);
