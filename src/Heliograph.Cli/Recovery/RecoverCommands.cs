// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Security.Cryptography;
using Heliograph.Cli.Terminal;
using Heliograph.Cli.Tiers;
using Heliograph.Origin.Recovery;
using Microsoft.Extensions.Logging;

namespace Heliograph.Cli.Recovery;

/// <summary><c>helio recover …</c>: ends an epoch, where what came last is lost for good, and lets the realm go on from what is left.</summary>
internal sealed class RecoverCommands : Command
{
    public RecoverCommands(Shell shell) : base("recover", "Let a realm go on from an older log than was signed, in a new epoch that recovery keys sign.")
    {
        Add(new RecoverProposeCommand(shell));
        Add(new RecoverApplyCommand(shell));
    }
}

/// <summary>What both steps are told, and how they fail.</summary>
internal sealed class RecoverOptions
{
    private readonly Option<string> _data = new("--data") { Required = true, HelpName = "DIRECTORY", Description = "Data directory of the origin, with the log that is left. No origin may run there, nor any other over the same etcd." };
    private readonly EtcdOptions _etcd = new();

    public void AddTo(Command command)
    {
        command.Add(_data);
        _etcd.AddTo(command);
    }

    /// <summary>Runs a step; what it cannot do ends the command.</summary>
    public async Task<T> RunAsync<T>(Invocation run, string next, Func<EpochRecovery, Action<RecoveryProgress>, Task<T>> step)
    {
        var directory = Path.GetFullPath(run.Value(_data)!);
        var progress = new RecoveryProgressLine(run.Output, TimeProvider.System);
        using var loggers = LoggerFactory.Create(TierLogging.ToStandardError);
        try
        {
            return await step(new EpochRecovery(directory, RestoreCommand.ClusterOf(run, _etcd), loggers.CreateLogger<EpochRecovery>(), TimeProvider.System), progress.Report);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or CryptographicException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException(ExitCode.Failure, exception.Message, directory, next);
        }
    }

    public string Directory(Invocation run) => Path.GetFullPath(run.Value(_data)!);
}
