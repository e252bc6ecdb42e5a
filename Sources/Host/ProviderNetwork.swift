import AsyncHTTPClient
import NIOCore
import NIOHTTP1
public import OpenIDConnect

/// Asks a provider over the network: encrypted, within seconds, following nobody elsewhere.
public struct ProviderNetwork: ProviderTransport {
  private static let patience: Duration = .seconds(10)

  /// Makes it; nothing is opened before something is asked.
  public init() {}

  private static var configuration: HTTPClient.Configuration {
    HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: .seconds(5), read: .seconds(5)))
  }

  /// The body of an answer with status 200.
  public func ask(_ request: ProviderRequest) async throws(ProviderRefusal) -> [UInt8] {
    do {
      return try await withThrowingTaskGroup(of: [UInt8].self) { group in
        group.addTask { try await Self.answer(to: request) }
        // The whole of it: a server that sends a byte now and then holds nobody.
        group.addTask {
          try await Task.sleep(for: Self.patience)
          throw ProviderRefusal.unreachable
        }
        defer { group.cancelAll() }
        guard let bytes = try await group.next() else { throw ProviderRefusal.unreachable }
        return bytes
      }
    } catch let refusal as ProviderRefusal {
      throw refusal
    } catch is NIOTooManyBytesError {
      throw .tooLong
    } catch {
      throw .unreachable
    }
  }

  private static func answer(to request: ProviderRequest) async throws -> [UInt8] {
    // Opened for the one question: sign-ins are rare, and nothing stays open between them.
    try await HTTPClient.withHTTPClient(configuration: configuration) { client in
      var asked = HTTPClientRequest(url: request.address.text)
      asked.headers.add(name: "Accept", value: "application/json")
      asked.headers.add(name: "User-Agent", value: "equipoise")
      if !request.authorization.isEmpty {
        asked.headers.add(name: "Authorization", value: request.authorization)
      }
      if let form = request.form {
        asked.method = .POST
        asked.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        asked.body = .bytes(ByteBuffer(bytes: form))
      }
      let answer = try await client.execute(asked, timeout: .seconds(10))
      guard answer.status == .ok else { throw ProviderRefusal.refusing }
      let body = try await answer.body.collect(upTo: ProviderRequest.mostBytes)
      return Array(body.readableBytesView)
    }
  }
}
