/// Why a provider's answer is not taken (OpenID Connect Core 1.0, 3.1.3.7; Discovery 1.0, 4.3).
///
/// The words go into the record of accounts, so that an administrator finds the cause; who signs in reads
/// one sentence for all of them.
public enum ProviderRefusal: String, Error, Sendable, CaseIterable {
  /// No answer in time, or no connection.
  case unreachable = "the provider does not answer"
  /// Another status than 200, redirects included.
  case refusing = "the provider answers with a fault"
  /// More bytes than such an answer has.
  case tooLong = "the answer is too long"
  /// Bytes that are not what a provider writes.
  case malformed = "the answer cannot be read"
  /// The document was written by, or for, another issuer.
  case foreignDocument = "the document is of another issuer"
  /// An address of the document that is not encrypted.
  case unencrypted = "an address is not encrypted"
  /// The provider does not offer what is asked for here.
  case notOffered = "the provider does not offer what is needed"
  /// Nobody left from this browser, for this, within the last minutes; or came back before.
  case unknownFlow = "no browser left for this answer"
  /// The person came back without a code.
  case noCode = "no code was given"
  /// The answer names another issuer.
  case foreignAnswer = "the answer is of another issuer"
  /// A way of signing that is not taken.
  case wrongAlgorithm = "the token is signed in another way"
  /// No key of the provider is the one the token names.
  case unknownKey = "the key of the token is unknown"
  /// The signature is not that of the key.
  case wrongSignature = "the signature is wrong"
  /// The token was written by another issuer.
  case wrongIssuer = "the token is of another issuer"
  /// The token is meant for another server.
  case wrongAudience = "the token is for another server"
  /// The token has run out.
  case expired = "the token has expired"
  /// The token was written in the future, or too long ago.
  case wrongTime = "the time of the token is wrong"
  /// The token answers another question.
  case wrongNonce = "the token answers another question"
  /// The provider asked its person too long ago.
  case staleSignIn = "the sign-in at the provider is too old"
  /// The token names nobody.
  case noSubject = "the token names nobody"
}
