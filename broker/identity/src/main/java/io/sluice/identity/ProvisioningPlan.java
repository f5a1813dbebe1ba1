package io.sluice.identity;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a template says shall be there, all of its functions evaluated.
 *
 * @param deviceConfiguration what the device is told
 */
record ProvisioningPlan(
    @Nullable ThingPart thing,
    @Nullable CertificatePart certificate,
    List<PolicyPart> policies,
    Map<String, String> deviceConfiguration) {

  /** What happens to a part of a thing that is there already. */
  enum IfThere {
    DO_NOTHING,
    REPLACE,
    MERGE,
    FAIL
  }

  /**
   * @param logicalId its name in the template
   */
  record ThingPart(
      String logicalId,
      String name,
      Map<String, String> attributes,
      @Nullable String type,
      List<String> groups,
      @Nullable String billingGroup,
      IfThere ofAttributes,
      IfThere ofType,
      IfThere ofGroups) {
    ThingPart {
      attributes = Map.copyOf(attributes);
      groups = List.copyOf(groups);
    }
  }

  /** One of id, signing request and text is given. */
  record CertificatePart(
      String logicalId,
      @Nullable String id,
      @Nullable String csr,
      @Nullable String pem,
      @Nullable String authorityPem,
      CertificateStatus status) {}

  /** A name, or a document. */
  record PolicyPart(String logicalId, @Nullable String name, @Nullable String document) {}

  ProvisioningPlan {
    policies = List.copyOf(policies);
    deviceConfiguration = Map.copyOf(deviceConfiguration);
  }
}
