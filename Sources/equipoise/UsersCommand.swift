import ArgumentParser
import Conduct
import Foundation
import Host
import Store
import StudyModel

/// Accounts made on the host's console: there is no default account.
struct UsersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "users",
    abstract: "Make accounts and give roles on this machine's console.",
    subcommands: [Add.self, Give.self, End.self, Identity.self])

  /// Makes an account and gives it a role.
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make an account with a role in a trial; the password is read from the console.")

    @Argument(help: "User name: small letters, digits, dots, dashes.") var username: String
    @Option(help: "Full name, printed beside signatures.") var name: String
    @Option(help: "Key of the trial.") var trial: String
    @Option(help: "Role of the trial's definition, such as coordinator.") var role: String
    @Option(help: "Site key, for roles of a site.") var site: String?
    @OptionGroup var evidence: EvidenceOptions
    @OptionGroup var place: InstallationOptions

    func run() async throws {
      let password = try Console.password(isChosen: true)
      let running = try await place.open()
      do {
        let installation = running.installation
        let trial = try await installation.trial(trial)
        let role = try RoleID(parsing: role)
        let site = try site.map { try SiteKey(parsing: $0) }
        guard try await installation.definition(of: trial).role(role) != nil else {
          throw ValidationError("The trial \(trial.key) has no role \(role).")
        }
        // Before the account is made: none is left behind without its role.
        try await installation.judgeOnConsole(role, site: site, evidence.given, in: trial)
        let account = try await installation.createAccount(
          username: username, fullName: name, password: password)
        try await installation.grantOnConsole(
          role, site: site, evidence.given, in: trial, to: account.user)
        let secret = Base32.text(account.factorSecret)
        let address = "otpauth://totp/Equipoise:\(username)?secret=\(secret)&issuer=Equipoise"
        print("\(username) can sign in. Put this secret into the authenticator, it is shown once:")
        TerminalPicture.show(address)
        print("  \(secret)")
        print("  \(address)")
        await running.close()
      } catch {
        await running.close()
        throw CommandFailure(error)
      }
    }
  }

  /// Gives a further role.
  struct Give: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give an account a further role; incompatible roles are refused.")

    @Argument(help: "User name.") var username: String
    @Option(help: "Key of the trial.") var trial: String
    @Option(help: "Role of the trial's definition.") var role: String
    @Option(help: "Site key, for roles of a site.") var site: String?
    @OptionGroup var evidence: EvidenceOptions
    @OptionGroup var place: InstallationOptions

    func run() async throws {
      let running = try await place.open()
      do {
        let installation = running.installation
        guard let user = try await installation.user(named: username) else {
          throw ValidationError("There is no account \(username).")
        }
        try await installation.grantOnConsole(
          try RoleID(parsing: role), site: try site.map { try SiteKey(parsing: $0) },
          evidence.given, in: try await installation.trial(trial), to: user)
        print("\(username) holds the role \(role).")
        await running.close()
      } catch {
        await running.close()
        throw CommandFailure(error)
      }
    }
  }
}

extension UsersCommand {
  /// Records how an identity was verified.
  struct Identity: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Record how a person's identity was verified; without it nobody signs.")

    @Argument(help: "User name.") var username: String
    @Option(help: "How: the kind of document and how it was seen, without its number.")
    var method: String
    @OptionGroup var place: InstallationOptions

    func run() async throws {
      let running = try await place.open()
      do {
        guard let user = try await running.installation.user(named: username) else {
          throw ValidationError("There is no account \(username).")
        }
        try await running.installation.recordIdentityCheck(of: user, method: method)
        print("The verification of \(username) is on record.")
        await running.close()
      } catch {
        await running.close()
        throw CommandFailure(error)
      }
    }
  }

  /// Ends a role.
  struct End: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End a role of an account; what it let the person learn still counts afterwards.")

    @Argument(help: "User name.") var username: String
    @Option(help: "Key of the trial.") var trial: String
    @Option(help: "Role of the trial's definition.") var role: String
    @Option(help: "Site key, for roles of a site.") var site: String?
    @OptionGroup var place: InstallationOptions

    func run() async throws {
      let running = try await place.open()
      do {
        let installation = running.installation
        guard let user = try await installation.user(named: username) else {
          throw ValidationError("There is no account \(username).")
        }
        try await installation.endGrant(
          try RoleID(parsing: role), site: try site.map { try SiteKey(parsing: $0) },
          in: try await installation.trial(trial), of: user)
        print("\(username) no longer holds the role \(role).")
        await running.close()
      } catch {
        await running.close()
        throw CommandFailure(error)
      }
    }
  }
}

/// The evidence behind a role: every role but that of an administrator of accounts needs it.
struct EvidenceOptions: ParsableArguments {
  @Option(help: "Day of the training for the role, such as 2027-03-01.", transform: day)
  var trainedOn: CalendarDate?
  @Option(help: "Last day the training counts, where it ends.", transform: day)
  var trainedUntil: CalendarDate?
  @Option(help: "Day the role was delegated to the person.", transform: day)
  var delegatedOn: CalendarDate?

  private static func day(_ text: String) throws -> CalendarDate {
    do {
      return try CalendarDate(parsing: text)
    } catch {
      throw ValidationError("Write a day as 2027-03-01, not as \(TerminalText.plain(text)).")
    }
  }

  func validate() throws {
    guard (trainedOn == nil) == (delegatedOn == nil), trainedOn != nil || trainedUntil == nil else {
      throw ValidationError(
        "Evidence is the day of the training and the day of the delegation: give --trained-on and "
          + "--delegated-on together.")
    }
  }

  /// The evidence, nil where none is named.
  var given: GrantEvidence? {
    guard let trainedOn, let delegatedOn else { return nil }
    return GrantEvidence(
      trainedOn: trainedOn, trainedUntil: trainedUntil, delegatedOn: delegatedOn)
  }
}

/// Reading from the console without showing what is typed.
enum Console {
  /// A password.
  ///
  /// One that is chosen is asked for twice where a person types it: nobody sees a slip.
  static func password(isChosen: Bool = false) throws -> String {
    var old = termios()
    // The console's own settings are read, changed and put back within this function.
    let isConsole = unsafe tcgetattr(STDIN_FILENO, &old) == 0
    if isConsole {
      var quiet = old
      quiet.c_lflag &= ~tcflag_t(ECHO)
      _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &quiet)
    }
    defer { if isConsole { _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &old) } }
    let typed = ask(
      isChosen ? "Password (at least 15 characters): " : "Password: ", endingLine: isConsole)
    guard let typed, !typed.isEmpty else {
      throw ValidationError("No password was given. Nothing was made.")
    }
    guard !isConsole || !isChosen || ask("The same password again: ", endingLine: true) == typed
    else {
      throw ValidationError("The two passwords are not the same. Nothing was made.")
    }
    return typed
  }

  private static func ask(_ prompt: String, endingLine: Bool) -> String? {
    FileHandle.standardError.write(Data(prompt.utf8))
    defer { if endingLine { FileHandle.standardError.write(Data("\n".utf8)) } }
    return readLine()
  }
}
