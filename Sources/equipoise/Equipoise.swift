import ArgumentParser

@main
struct Equipoise: AsyncParsableCommand {
}
