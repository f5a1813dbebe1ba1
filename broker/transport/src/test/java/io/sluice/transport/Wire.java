package io.sluice.transport;

/** The four ways to the broker. What it does must not depend on which one a client takes. */
enum Wire {
  TCP(false, false),
  TLS(true, false),
  WS(false, true),
  WSS(true, true);

  private final boolean encrypted;
  private final boolean webSocket;

  Wire(boolean encrypted, boolean webSocket) {
    this.encrypted = encrypted;
    this.webSocket = webSocket;
  }

  boolean isEncrypted() {
    return encrypted;
  }

  boolean isWebSocket() {
    return webSocket;
  }
}
