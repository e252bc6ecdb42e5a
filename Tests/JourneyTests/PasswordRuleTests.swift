import Conduct
import Foundation
import Testing

/// Which passwords are taken, and that they count whole.
@Suite struct PasswordRuleTests {
  @Test(arguments: [
    "password1234567", "qwertyuiopasdfgh", "aaaaaaaaaaaaaaaa", "letmeinletmein1",
    "P@ssw0rdP@ssw0rd", "abcdefghijklmnop", "123456789012345", "ILoveYouILoveYou",
    "dragonmonkey2024",
  ]) func `REQ-051: what is guessed first is refused`(password: String) {
    #expect(password.count >= 15)
    #expect(Passwords.refusal(of: password, names: []) != nil)
  }

  @Test(arguments: [
    "grey harbour violin tundra", "a journey through a trial", "a day of training",
    "xK7#mQ2vLp9!wZs", "correct horse battery staple",
  ]) func `what is long and unforeseen is taken`(password: String) {
    #expect(Passwords.refusal(of: password, names: []) == nil)
  }

  @Test func `REQ-051: a password of any signs counts whole and as it was typed`() async throws {
    let random = SystemRandomSource()
    let long = String(repeating: "grey harbour violin ", count: 10) + "t"
    for password in [
      "grey harbour violin tundra", long, "Größe 雨 ☂ и ещё слово", " spaces at both ends ",
    ] {
      #expect(Passwords.refusal(of: password, names: []) == nil, "\(password)")
      let stored = try Passwords.stored(password, cost: 1024, random: random)
      #expect(try await Passwords.matches(password, stored))
      let others = [
        password.uppercased(), String(password.dropLast()), password + " ",
        password.trimmingCharacters(in: .whitespaces) + "\n",
      ]
      for other in others where other != password {
        #expect(try await !Passwords.matches(other, stored), "\(other)")
      }
    }
    // One letter and its mark, or both in one: the same to who types it, and to us.
    let stored = try Passwords.stored("caf\u{e9} harbour violin tundra", cost: 1024, random: random)
    #expect(try await Passwords.matches("cafe\u{301} harbour violin tundra", stored))
  }

  @Test func `a password does not hold the name of its person`() {
    #expect(Passwords.refusal(of: "harbour comer violin", names: ["n.comer", "Comer"]) != nil)
  }
}
