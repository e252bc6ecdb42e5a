import Conduct
import Pages
import StudyModel

/// Signing a form: what is signed, its digest, and the password.
enum SigningPage {
  static func show(
    _ call: Call, faults: [Pages.Fault] = []
  ) async throws -> SignFormModel {
    let actor = try call.actor
    let place = try EntryPlace(call)
    let (entry, digest) = try await call.installation.readEntry(
      place.key, place.form, place.visit, number: place.number, as: actor)
    guard actor.signs(entry.form), entry.isSubmitted else {
      throw ActRefusal.notFound
    }
    let zone = call.site.zone(of: actor)
    let saved = entry.enteredAt.map { Times.full($0, zone) } ?? ""
    return SignFormModel(
      frame: call.site.frame(for: call), back: Link(text: entry.form.title, href: place.address()),
      key: place.key.text, formTitle: place.title(entry.form),
      meaning: entry.form.signatureMeaning ?? "I confirm this form.",
      facts: [
        Fact(name: "Version", value: "\(entry.version), saved \(saved)"),
        Fact(name: "Entered by", value: entry.author),
        Fact(name: "You", value: "\(actor.fullName), \(actor.role.title)"),
      ], digest: "\(digest.prefix(8)) … \(digest.suffix(4))",
      signatures: entry.signatures.map { $0.shown(zone) },
      form: call.target(place.address("sign"), version: entry.version),
      authentication: try await call.signatureProof(), faults: faults)
  }

  static func sign(_ call: Call) async throws -> Answer {
    let place = try EntryPlace(call)
    do {
      let actor = try await call.freshActor()
      _ = try await call.installation.signEntry(
        place.key, place.form, place.visit, number: place.number,
        version: Int(call.form["_version"] ?? "") ?? 0, as: actor)
    } catch ActRefusal.authenticationFailed {
      return try await again(call, ActRefusal.authenticationFailed.sentence)
    } catch ActRefusal.authenticationStale {
      return try await again(call, "Give your password to sign.")
    } catch ActRefusal.notNow(let code, let sentence) where code.hasPrefix("signature_") {
      return try await again(call, sentence)
    } catch ActRefusal.stale {
      return try await again(
        call, "The form was saved meanwhile. Read this version before you sign it.", status: 412)
    }
    return .see("\(place.ownerAddress)?note=signed")
  }

  private static func again(
    _ call: Call, _ sentence: String, status: Int = 422
  ) async throws -> Answer {
    var model = try await show(call, faults: [Pages.Fault(field: "password", sentence: sentence)])
    if model.authentication == .notNeeded { model.authentication = .password }
    return .page(model.page(), status: status)
  }
}
