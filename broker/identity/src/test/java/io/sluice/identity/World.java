package io.sluice.identity;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Fingerprint;
import io.sluice.certs.KeyKind;
import io.sluice.certs.SubjectTemplate;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.bouncycastle.asn1.x500.X500Name;

/** A registry on a simulated store, with its own authority: one per test. */
final class World {
  static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final PublicKey KEY = KeyKind.EC_P256.generate().getPublic();

  final SimulatedPartitions simulation;
  final Registry registry;
  final Authorizer authorizer;
  final Authenticator authenticator;

  World() {
    this(new SimulatedStore(4));
  }

  World(SimulatedStore store) {
    this(store, RegistryLimits.STANDARD);
  }

  World(SimulatedStore store, RegistryLimits limits) {
    simulation = new SimulatedPartitions(store, System.currentTimeMillis());
    registry = new Registry(simulation.partitions(), Arns.DEFAULT, limits);
    authorizer = new Authorizer(registry, simulation.partitions().clock());
    authenticator = new Authenticator(registry, authorizer, simulation.partitions().clock());
    simulation.partitions().start();
    simulation.run();
    registry.loaded().join();
  }

  /** Decides what waits and answers, or throws what it was refused with. */
  <T> T get(CompletableFuture<T> future) {
    simulation.run();
    try {
      if (!future.isDone()) {
        throw new AssertionError("no answer");
      }
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** A certificate that nobody has registered. */
  static X509Certificate certificate(String commonName) {
    return certificate(SubjectTemplate.of("CN={name}").fill(commonName));
  }

  static X509Certificate certificate(X500Name subject) {
    return AUTHORITY.certify(CertificateProfile.device(subject), KEY);
  }

  /** Registers it as active, with this policy; a policy's name is made up. */
  String register(X509Certificate certificate, String... documents) {
    String id = Fingerprint.certificateId(certificate);
    get(registry.certificates().register(certificate, CertificateStatus.ACTIVE, true));
    int number = 1;
    for (String document : documents) {
      String name = "policy-" + number++ + "-of-" + id.substring(0, 12);
      get(registry.policies().create(name, document));
      get(registry.policies().attach(name, arn(id)));
    }
    return id;
  }

  void thing(String name, Map<String, String> attributes, String certificateId, Attachment type) {
    get(registry.things().create(name, attributes));
    get(registry.things().attachPrincipal(name, arn(certificateId), type));
  }

  static String arn(String certificateId) {
    return Arns.DEFAULT.certificate(certificateId);
  }

  /** One statement; resources are given behind the account: {@code topic/a}. */
  static String statement(String effect, String action, String... resources) {
    StringBuilder list = new StringBuilder();
    for (String resource : resources) {
      list.append(list.length() == 0 ? "" : ",")
          .append('"')
          .append(resource.equals("*") ? "*" : "arn:aws:iot:local:000000000000:" + resource)
          .append('"');
    }
    return "{\"Effect\":\"%s\",\"Action\":\"%s\",\"Resource\":[%s]}"
        .formatted(effect, action, list);
  }

  static String policy(String... statements) {
    return "{\"Version\":\"2012-10-17\",\"Statement\":[" + String.join(",", statements) + "]}";
  }

  static String allow(String action, String... resources) {
    return policy(statement("Allow", action, resources));
  }

  ConnectionPermissions connected(X509Certificate certificate, String clientId) {
    return authorizer.permissions(
        Fingerprint.certificateId(certificate),
        certificate,
        ConnectionContext.mqtt(clientId, "192.0.2.7"));
  }
}
