// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;

namespace Heliograph.Cli.Access;

/// <summary>Where a key's new secret goes: printed once, or into a private file; alone, or as the connection string of an address.</summary>
internal sealed class AccessKeyPrinting
{
    private readonly Option<Uri?> _endpoint = Tiers.TierOptions.Web("--endpoint", "Print a connection string for this address, such as https://config.example.com.");
    private readonly Option<string?> _file = new("--file", "-f") { HelpName = "PATH", Description = "Write it to this file, readable by you only, instead of printing it." };

    public void AddTo(Command command)
    {
        command.Add(_endpoint);
        command.Add(_file);
    }

    /// <summary>Prints it or writes it; a file gets no secret printed beside it.</summary>
    public void Show(Invocation run, CreatedAccessKey key)
    {
        var text = run.Value(_endpoint) is { } endpoint
            ? $"Endpoint={endpoint.GetLeftPart(UriPartial.Authority)};Id={key.Id};Secret={key.Secret}"
            : $"Id={key.Id};Secret={key.Secret}";
        if (run.Value(_file) is { } path)
        {
            PrivateFile.Write(path, Encoding.UTF8.GetBytes(text + "\n"));
            run.Output.Result(new AccessKeyView(key.Id, key.Namespace, key.Access), ApiJson.Plain.AccessKeyView, it => run.Output.Line(it.Id));
        }
        else
        {
            run.Output.Result(key with { ConnectionString = text }, ApiJson.Plain.CreatedAccessKey, it => run.Output.Line(text));
        }
    }
}
