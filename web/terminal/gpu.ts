/** Whether WebGL draws on a graphics chip. Without one a browser draws it by the processor: slower than elements. */
export function hasGpu(): boolean {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) return false;
  // Chromium tells the name by the extension alone, Firefox by either.
  const name: unknown = gl.getParameter(
    gl.getExtension('WEBGL_debug_renderer_info')?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER,
  );
  // A page has few contexts: this one is not needed any more.
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return !isSoftware(String(name));
}

/** SwiftShader (Chromium), llvmpipe and softpipe (Mesa), Microsoft's Basic Render Driver, Apple's software renderer. */
export const isSoftware = (renderer: string): boolean =>
  /swiftshader|llvmpipe|softpipe|basic render|software/i.test(renderer);
