# Sourced by the launcher and by the Makefile: finds a JDK 25 or newer without starting one.
#
#   find_jdk java     sets JDK to the first home found that has bin/java
#   find_jdk javac    the same, for building
#
# JAVA_HOME first, then the java on PATH, then the usual places. The version is read from the
# file "release", which every JDK has: asking `java -version` would cost 50 ms a candidate.

jdk_wanted=25

# Whether $1 is the home of a JDK that is new enough and has the tool $2.
jdk_fits() {
  [ -x "$1/bin/$2" ] && [ -r "$1/release" ] || return 1
  while IFS='=' read -r jdk_key jdk_value; do
    [ "$jdk_key" = JAVA_VERSION ] || continue
    jdk_value=${jdk_value#\"}
    jdk_value=${jdk_value%%[!0-9]*}
    [ -n "$jdk_value" ] && [ "$jdk_value" -ge "$jdk_wanted" ]
    return
  done <"$1/release"
  return 1
}

find_jdk() {
  JDK=
  if [ -n "${JAVA_HOME:-}" ] && jdk_fits "$JAVA_HOME" "$1"; then
    JDK=$JAVA_HOME
    return 0
  fi
  jdk_on_path=$(command -v java 2>/dev/null) && jdk_on_path=$(readlink -f "$jdk_on_path" 2>/dev/null) || jdk_on_path=
  for jdk_home in \
    "${jdk_on_path%/bin/java}" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /opt/java/* /opt/jdk* /opt/*jdk* /opt/* /usr/java/* /usr/local/*jdk* \
    "${SDKMAN_DIR:-$HOME/.sdkman}"/candidates/java/* "$HOME"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    if jdk_fits "$jdk_home" "$1"; then
      JDK=$jdk_home
      return 0
    fi
  done
  if [ -x /usr/libexec/java_home ]; then # macOS
    jdk_home=$(/usr/libexec/java_home -v "$jdk_wanted+" 2>/dev/null) && jdk_fits "$jdk_home" "$1" && JDK=$jdk_home && return 0
  fi
  return 1
}
