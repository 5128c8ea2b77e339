/** Something of the map is to be opened in the detail: its kind and id, such as `image sha256:…`. */
export class SelectEvent extends Event {
  static readonly type = 'slip-map-select';
  readonly what: string;

  constructor(what: string) {
    super(SelectEvent.type, { bubbles: true, composed: true });
    this.what = what;
  }
}

/** The detail is to be closed. */
export class CloseEvent extends Event {
  static readonly type = 'slip-map-close';

  constructor() {
    super(CloseEvent.type, { bubbles: true, composed: true });
  }
}

declare global {
  interface HTMLElementEventMap {
    'slip-map-select': SelectEvent;
    'slip-map-close': CloseEvent;
  }
}
