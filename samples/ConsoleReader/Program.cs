// SPDX-License-Identifier: Apache-2.0
using Heliograph;
using Heliograph.Client;

// The client without a host: ConsoleReader PARENT TRUST NAMESPACE KEY prints the setting, and again whenever it changes, until its input ends.
if (args is not [var parent, var trust, var name, var key])
{
    await Console.Error.WriteLineAsync("usage: ConsoleReader unix:///run/heliograph/agent.sock /etc/heliograph/trust.json shop.basket Basket:MaxItems");
    return 2;
}

var options = new HeliographClientOptions { AllowSingleParent = true, TrustFile = trust };
options.Parents.Add(parent);
options.Namespaces.Add(NamespaceName.Parse(name));
(options.Instance.Id, options.Instance.Service) = ($"reader-{Environment.ProcessId}", "reader");
try
{
    await using var client = await HeliographClient.ConnectAsync(options);
    Tell(client.GetNamespace(name)!);
    client.Changed += (_, change) => Tell(change.Current);
    while (await Console.In.ReadLineAsync() is not null)
    {
        // Until the input ends.
    }
    return 0;
}
catch (Exception exception) when (exception is HeliographUnavailableException or ArgumentException or IOException or InvalidDataException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}

void Tell(NamespaceView view) => Console.WriteLine($"{view.Revision} {view.GetString(key) ?? "is not set"}");
