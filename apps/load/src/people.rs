//! What every measurement does with its clients: sign many in, fill their contact lists, keep them company.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use rapport_testkit::client::bodies;
use rapport_testkit::driver::Client;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::target::Target;

/// Sign-ins under way at once while a measurement is being prepared.
const AT_ONCE: usize = 16;

/// The first subscriptions of a client, the contacts' presence among them.
pub(crate) async fn subscribe_all(
    target: &Target,
    client: &mut Client,
    number: u32,
    contacts: u32,
) -> Result<()> {
    let people = target.contacts(number, contacts);
    let requests = [
        client.subscribe_contacts(),
        client.fetch_provisioning(),
        client.subscribe_self(),
        client.subscribe_presence(people.iter().map(String::as_str)).0,
    ];
    for request in requests {
        client.success(request).await?;
    }
    client.forget();
    Ok(())
}

/// Signs in the accounts from `first` on, each with what `prepare` adds, and returns them in order.
pub(crate) async fn sign_in_many<F>(
    target: &Target,
    first: u32,
    count: u32,
    prepare: impl Fn(Target, Client, u32) -> F + Clone + Send + 'static,
) -> Result<Vec<Client>>
where
    F: Future<Output = Result<Client>> + Send,
{
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for number in first..first + count {
        let (target, turns, prepare) = (target.clone(), turns.clone(), prepare.clone());
        tasks.spawn(async move {
            let _turn = turns.acquire().await?;
            let client = target.sign_in(number, u64::from(number)).await?;
            let client = prepare(target, client, number).await?;
            anyhow::Ok((number, client))
        });
    }
    let mut clients = Vec::with_capacity(count as usize);
    while let Some(done) = tasks.join_next().await {
        clients.push(done.map_err(|error| anyhow!("a client broke down: {error}"))??);
    }
    clients.sort_by_key(|(number, _)| *number);
    Ok(clients.into_iter().map(|(_, client)| client).collect())
}

/// Makes sure that the first `count` accounts have so many contacts on their lists.
pub(crate) async fn fill_lists(target: &Target, count: u32, contacts: u32) -> Result<()> {
    let fill = move |target: Target, mut client: Client, number: u32| async move {
        let people = target.contacts(number, contacts);
        let list = client.subscribe_contacts();
        let list = client.success(list).await?;
        let mut delta = bodies::delta_num(&list.body).context("the contact list has no number")?;
        for person in people {
            if contains(&list.body, &person) {
                continue;
            }
            let name = person.split('@').next().unwrap_or_default();
            let request = client.change_contacts(bodies::set_contact(&person, name, "1", delta));
            let answer = client.success(request).await.context("a contact is not added")?;
            // The answer may name the list's number; otherwise a change is one step.
            delta = bodies::delta_num(&answer.body).filter(|told| *told > delta).unwrap_or(delta + 1);
            client.forget();
        }
        Ok(client)
    };
    sign_in_many(target, 0, count, fill).await.context("the contact lists cannot be filled")?;
    Ok(())
}

/// Answers what comes, until the connection ends or the task is dropped.
pub(crate) async fn keep_company(mut client: Client) -> Result<()> {
    loop {
        client.next_event().await?;
    }
}

/// Waits for workers that have been told that it is over.
pub(crate) async fn finish<T: 'static>(mut workers: JoinSet<Result<T>>) -> Result<Vec<T>> {
    let mut results = Vec::with_capacity(workers.len());
    let patience = std::time::Duration::from_secs(60);
    while let Ok(Some(ended)) = tokio::time::timeout(patience, workers.join_next()).await {
        results.push(ended.map_err(|error| anyhow!("a worker broke down: {error}"))??);
    }
    if !workers.is_empty() {
        bail!("{} workers did not come to an end", workers.len());
    }
    Ok(results)
}

fn contains(document: &[u8], person: &str) -> bool {
    let quoted = format!("sip:{person}\"");
    document.windows(quoted.len()).any(|window| window.eq_ignore_ascii_case(quoted.as_bytes()))
}
