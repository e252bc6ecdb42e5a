import ArgumentParser
import Host
import OpenIDConnect

/// The provider people may sign in through, OpenID Connect; none where nothing is said.
struct ProviderOptions: ParsableArguments {
  @Option(
    help:
      "Issuer of an OpenID Connect provider people may sign in through, in the place of the password."
  ) var providerIssuer: String?
  @Option(help: "Name of this server at the provider (client id).") var providerClient: String?
  @Option(help: "File with the secret agreed on with the provider; readable by this account alone.")
  var providerSecretFile: String?
  @Option(help: "What people call the provider, as on the button: “Sign in with …”.")
  var providerName: String?

  func validate() throws {
    let given = [providerIssuer, providerClient, providerSecretFile, providerName]
    guard given.allSatisfy({ $0 == nil }) || given.allSatisfy({ $0 != nil }) else {
      throw ValidationError(
        "--provider-issuer, --provider-client, --provider-secret-file and --provider-name are given together."
      )
    }
    guard let providerIssuer, let providerClient, let providerName else { return }
    guard let issuer = ProviderAddress(providerIssuer), !issuer.hasQuery else {
      throw ValidationError(
        "--provider-issuer takes the address the provider gives for itself, beginning with https:// and without a question mark."
      )
    }
    guard (1...255).contains(providerClient.utf8.count) else {
      throw ValidationError("--provider-client takes the name the provider gave to this server.")
    }
    guard (1...40).contains(providerName.count),
      providerName.unicodeScalars.allSatisfy({
        !$0.properties.isDefaultIgnorableCodePoint && $0.value > 0x1F
      })
    else {
      throw ValidationError("--provider-name takes 1 to 40 characters.")
    }
  }

  /// The provider, asked over the network; nil where none is named.
  func provider() throws -> OpenIDProvider? {
    guard let providerIssuer, let providerClient, let providerSecretFile, let providerName,
      let issuer = ProviderAddress(providerIssuer)
    else { return nil }
    let settings = ProviderSettings(
      issuer: issuer, client: providerClient,
      secret: try ProviderSecretFile(providerSecretFile).read(), name: providerName)
    return OpenIDProvider(settings, through: ProviderNetwork())
  }
}
