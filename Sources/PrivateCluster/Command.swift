import Glibc

/// Programs run to their end, without holding a thread.
enum Command {
  /// Runs a program and gives what it printed; for programs that print little.
  static func printed(
    by arguments: [String], environment: [String]
  ) async throws(SystemFault) -> (ending: Ending, text: String) {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { throw SystemFault("pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let child: ChildProcess
    do throws(SystemFault) {
      child = try ChildProcess.start(
        arguments, environment: environment, directory: "/", output: ends[1])
    } catch {
      close(ends[1])
      throw error
    }
    close(ends[1])
    let ending = await ending(of: child)
    return (ending, Files.text(from: ends[0]))
  }

  /// Runs a program whose words go to a file of ours, made anew.
  static func run(
    _ arguments: [String], environment: [String], directory: String, log: String
  ) async throws(SystemFault) -> Ending {
    let file = unsafe open(
      log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600 as mode_t)
    guard file >= 0 else { throw SystemFault(log) }
    defer { close(file) }
    let child = try ChildProcess.start(
      arguments, environment: environment, directory: directory, output: file)
    return await ending(of: child)
  }

  private static func ending(of child: ChildProcess) async -> Ending {
    while true {
      if let ending = child.ending() { return ending }
      await pause(milliseconds: 5)
    }
  }
}

/// Waits even in a cancelled task: a shutdown, too, waits for what it has asked to end.
func pause(milliseconds: Int) async {
  await Task { try? await Task.sleep(for: .milliseconds(milliseconds)) }.value
}
