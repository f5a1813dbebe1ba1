package io.sluice.gateway;

import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.crt.CRT;
import software.amazon.awssdk.crt.mqtt5.Mqtt5Client;
import software.amazon.awssdk.crt.mqtt5.Mqtt5ClientOptions;
import software.amazon.awssdk.crt.mqtt5.OnAttemptingConnectReturn;
import software.amazon.awssdk.crt.mqtt5.OnConnectionFailureReturn;
import software.amazon.awssdk.crt.mqtt5.OnConnectionSuccessReturn;
import software.amazon.awssdk.crt.mqtt5.OnDisconnectionReturn;
import software.amazon.awssdk.crt.mqtt5.OnStoppedReturn;

/** Tells when a client of the Device SDK is connected, or why not. */
record SdkConnected(CompletableFuture<Boolean> connected)
    implements Mqtt5ClientOptions.LifecycleEvents {
  SdkConnected() {
    this(new CompletableFuture<>());
  }

  @Override
  public void onAttemptingConnect(Mqtt5Client client, OnAttemptingConnectReturn event) {}

  @Override
  public void onConnectionSuccess(Mqtt5Client client, OnConnectionSuccessReturn event) {
    connected.complete(true);
  }

  @Override
  public void onConnectionFailure(Mqtt5Client client, OnConnectionFailureReturn event) {
    connected.completeExceptionally(
        new IllegalStateException(CRT.awsErrorString(event.getErrorCode())));
  }

  @Override
  public void onDisconnection(Mqtt5Client client, OnDisconnectionReturn event) {}

  @Override
  public void onStopped(Mqtt5Client client, OnStoppedReturn event) {}
}
