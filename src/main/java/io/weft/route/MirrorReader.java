package io.weft.route;

import io.weft.schema.Message;
import io.weft.schema.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads {@code RequestMirrorPolicy} of any level. Runs on the main thread. */
final class MirrorReader {
  private final Predicate<String> clusterExists;
  private final Problems problems;

  MirrorReader(Predicate<String> clusterExists, Problems problems) {
    this.clusterExists = clusterExists;
    this.problems = problems;
  }

  /** The policies of a level that could be read. */
  List<MirrorPolicy> read(Message level) {
    List<MirrorPolicy> policies = new ArrayList<>();
    for (Message message : level.messages("request_mirror_policies")) {
      MirrorPolicy policy = policy(message);
      if (policy != null) {
        policies.add(policy);
      }
    }
    return policies;
  }

  private @Nullable MirrorPolicy policy(Message message) {
    String cluster = message.string("cluster");
    String header = message.string("cluster_header");
    if (cluster.isEmpty() == header.isEmpty()) {
      problems.error(
          message.place(),
          "cluster: '" + cluster + "', cluster_header: '" + header + "' (expected: one of them)");
      return null;
    }
    if (!cluster.isEmpty() && !clusterExists.test(cluster)) {
      problems.error(message.place("cluster"), "'" + cluster + "': no such cluster");
      return null;
    }
    if (!header.isEmpty() && !RequestField.isName(header)) {
      problems.error(
          message.place("cluster_header"),
          "'" + header + "' (expected: the name of a request header)");
      return null;
    }
    return new MirrorPolicy(
        cluster,
        header.isEmpty() ? null : RequestField.of(header),
        ConditionReader.share(message.message("runtime_fraction")),
        !message.bool("disable_shadow_host_suffix_append"));
  }
}
