import Conduct
import Crypto
import Foundation
import Store
import StudyModel

/// Whether and how a route's requests take effect once.
public enum OncePolicy: Sendable, Equatable {
  /// It changes nothing of a trial: reading, signing in and out.
  case notKeyed
  /// A key is required; the reply is kept and given again.
  case keyed
  /// A key is required; the act judges a repeated one itself, and what it shows is kept nowhere.
  case keyedUnkept
  /// A key is required; what the act shows is kept nowhere, and who repeats it is told that it was carried out.
  case keyedShownOnce
  /// A key is required; the act keeps its reply under the lock it works in.
  case keyedByAct
}

extension Call {
  /// What makes two requests the same: who asks in which role and place, the address, and what was
  /// sent, without what proves who asks.
  var content: [UInt8] {
    get throws {
      var parts = [
        method, path, signedIn?.trial.key ?? "", signedIn?.role.id.text ?? "",
        signedIn?.sites.setting ?? "",
      ]
      parts += query.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
      let proofs: Set<String> = [
        "password", "one_time_code", "_token", "_key", "passkey_id", "passkey_client",
        "passkey_data", "passkey_signature",
      ]
      parts += form.pairs.filter { !proofs.contains($0.name) }.flatMap { [$0.name, $0.value] }
      parts += uploads.flatMap {
        [$0.field, $0.name, Hex.text(Array(SHA256.hash(data: $0.bytes)))]
      }
      if !json.isEmpty,
        var object = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
      {
        for proof in proofs { object[proof] = nil }
        let body = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
        parts.append(String(decoding: body, as: UTF8.self))
      }
      return Array(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8)
    }
  }

  /// The act's answer, kept in the act's own transaction where it has one; repeated otherwise.
  func once<Value: Sendable>(
    _ answer: @escaping @Sendable (Value) throws -> Answer,
    _ act: (Installation) async throws -> Value
  ) async throws -> Answer {
    try answer(try await act(installation.answering { (value: Value) in try answer(value).kept }))
  }
}

extension Answer {
  /// The answer as it is kept.
  var kept: KeptReply {
    KeptReply(
      status: status, type: type,
      headers: extra.map { KeptReply.Header(name: $0.name, value: $0.value) }, body: body)
  }

  /// A kept answer again.
  init(_ kept: KeptReply) {
    self.init(
      status: kept.status, type: kept.type, body: Array(kept.body),
      extra: kept.headers.map { ($0.name, $0.value) })
  }
}

extension WebSite {
  /// Carries out a request once: whoever asks again with its key gets the same answer.
  ///
  /// The caller was admitted to the route just before, so a repeated answer goes to nobody whose
  /// right has ended.
  func handle(_ route: Route, _ call: Call) async throws -> Answer {
    switch route.once {
    case .notKeyed: return try await route.handle(call)
    case .keyedByAct:
      try Installation.checkRequestKey(call.requestKey)
      return try await route.handle(call)
    case .keyed, .keyedUnkept, .keyedShownOnce: break
    }
    switch try await turn(route, call) {
    case .again(let kept):
      let named = call.parameters["participant"] ?? JSONBody(call.json)?["participant"]
      if let participant = named, route.showsArm {
        try await installation.noteRepeatedReading(
          of: participant, isProved: !route.isProvedAgain, as: try await call.freshActor())
      }
      return Answer(kept)
    case .now(let request):
      return try await carryOut(request, route, call)
    }
  }

  /// A page waits for the first of two presses, a program is told to ask again.
  private func turn(_ route: Route, _ call: Call) async throws -> RequestTurn {
    let content = try call.content
    for _ in 0..<(route.surface == .page ? 50 : 0) {
      do {
        return try await installation.claim(
          call.requestKey, operation: route.operation, content: content, user: call.requester)
      } catch ActRefusal.requestInProgress {
        try await Task.sleep(for: .milliseconds(200))
      }
    }
    return try await installation.claim(
      call.requestKey, operation: route.operation, content: content, user: call.requester)
  }

  private func carryOut(
    _ request: RequestOnce, _ route: Route, _ call: Call
  ) async throws -> Answer {
    var call = call
    call.request = request
    let answer: Answer
    do {
      answer = try await route.handle(call)
    } catch ActRefusal.outcomeUnknown {
      return try await lookUp(route, call)
    } catch {
      try? await installation.giveUp(request)
      throw error
    }
    // What cannot be kept now stays claimed: it is told that it took effect, and not done twice.
    let isDone = route.surface == .api ? answer.status < 300 : answer.status == 303
    if route.once == .keyed, answer.status < 400 {
      try? await installation.keep(answer.kept, of: request, onlyIfEffective: !isDone)
    }
    if route.once == .keyedShownOnce, answer.status < 400 {
      // Whoever asks again may be another person, at a page that was left open: nothing is shown without a proof
      // of who asks, and nothing is carried out twice.
      let told = Refusals.answer(
        .requestLost, isAPI: route.surface == .api, isReading: false, frame: frame(for: call))
      guard (try? await installation.keep(told.kept, of: request, onlyIfEffective: true)) != nil
      else { return answer }
    }
    if !isDone || route.once == .keyedUnkept { try? await installation.giveUp(request) }
    return answer
  }

  /// What became of a request whose commit was not answered.
  ///
  /// The look waits for a commit under way; where nothing was committed the old attempt is taken
  /// over, so that it can commit nothing later.
  private func lookUp(_ route: Route, _ call: Call) async throws -> Answer {
    let found: RequestTurn
    do {
      found = try await installation.claim(
        call.requestKey, operation: route.operation, content: try call.content,
        user: call.requester, patience: 0)
    } catch let refusal as ActRefusal where refusal == .requestLost {
      throw refusal
    } catch {
      throw ActRefusal.outcomeUnknown
    }
    switch found {
    case .again(let kept): return Answer(kept)
    case .now(let untouched):
      try? await installation.giveUp(untouched)
      throw ActRefusal.unavailable
    }
  }
}
