package io.weft.server;

import io.weft.extension.Extensions;
import io.weft.hcm.HcmReader;
import java.util.List;

/** Everything that ships with Weft and can be named in a configuration: a list, not a scan. */
final class BuiltIn {
  private BuiltIn() {}

  static Extensions extensions() {
    return new Extensions(List.of(), List.of(), List.of(new HcmReader()));
  }
}
