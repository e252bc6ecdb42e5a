import Conduct
import Pages
import Pictures
import Store
import StudyModel

/// Where a person opens an account, or comes back into it.
enum InvitationPages {
  static func show(_ call: Call, faults: [Pages.Fault] = []) async throws -> InvitationModel {
    let address = call.parameter("token")
    let open = try await call.installation.invitation(
      Hex.bytes(address) ?? [], drawn: drawn(call))
    let secret = Base32.text(open.factorSecret)
    let isNew = open.kind == .invitation
    return InvitationModel(
      frame: call.site.plainFrame,
      form: FormTarget(
        action: "/invitation/\(address)", token: "", key: "",
        kept: [KeptValue(name: "drawn", value: Hex.text(open.drawn))]),
      title: isNew ? "Welcome, \(open.fullName)" : "New password and device",
      facts: [
        Fact(name: "Name", value: open.fullName),
        Fact(name: "User name", value: open.username, isCode: true),
        Fact(name: "This address works until", value: Times.utc(open.expiresAt.description)),
      ],
      picture: QRCode(
        "otpauth://totp/Equipoise:\(open.username)?secret=\(secret)&issuer=Equipoise"),
      secret: groups(secret), asksSpokenCode: !isNew, faults: faults)
  }

  static func accept(_ call: Call) async throws -> Answer {
    do {
      let codes = try await call.installation.accept(
        Hex.bytes(call.parameter("token")) ?? [],
        InvitationAnswer(
          password: call.form["password"] ?? "", repeated: call.form["repeated"] ?? "",
          drawn: drawn(call) ?? [], digits: call.form["code"] ?? "",
          spokenCode: call.form["spoken"] ?? ""))
      return .page(
        RecoveryCodesModel(
          frame: call.site.plainFrame, codes: codes.map(\.description),
          next: Link(text: "Sign in", href: "/sign-in")
        ).page())
    } catch let refusal as ActRefusal where refusal != .notFound {
      return .page(
        try await show(call, faults: Call.faults(of: refusal)).page(),
        status: Refusals.status(of: refusal))
    }
  }

  /// What the showing drew that is answered, nil at the first one.
  private static func drawn(_ call: Call) -> [UInt8]? {
    call.form["drawn"].flatMap(Hex.bytes)
  }

  private static func groups(_ secret: String) -> String {
    stride(from: 0, to: secret.count, by: 4).map { start in
      String(secret.dropFirst(start).prefix(4))
    }.joined(separator: " ")
  }
}
