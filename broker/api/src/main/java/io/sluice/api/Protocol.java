package io.sluice.api;

import com.linecorp.armeria.common.HttpResponse;

/** How requests of one kind are read and answered. Immutable. */
interface Protocol {
  Family family();

  HttpResponse success(String operation, Reply reply, String requestId);

  HttpResponse failure(ApiError error, String requestId);
}
